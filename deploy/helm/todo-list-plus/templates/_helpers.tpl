{{- define "todo.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- /* The longest suffix is "-database-pooler", and a Service's name has at most 63 characters. */ -}}
{{- define "todo.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "todo.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "todo.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- /* Labels that identify the pods of one component: dict "root" $ "component" "backend". They must never change. */ -}}
{{- define "todo.selector" -}}
app.kubernetes.io/name: {{ include "todo.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "todo.labels" -}}
{{ include "todo.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* dict "root" $ "name" "backend" */ -}}
{{- define "todo.image" -}}
{{- $image := .root.Values.image -}}
{{- $digest := get $image.digests .name -}}
{{- printf "%s/%s:%s" (trimSuffix "/" $image.registry) .name (default .root.Chart.AppVersion $image.tag) -}}
{{- with $digest }}@{{ . }}{{ end -}}
{{- end }}

{{- define "todo.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end }}

{{- define "todo.secretName" -}}
{{- default (include "todo.fullname" .) .Values.secrets.existingSecret -}}
{{- end }}

{{- /* The decoded value in the chart's existing Secret, if any. dict "root" $ "key" "jwt_secret" */ -}}
{{- define "todo.kept" -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace (include "todo.fullname" .root) -}}
{{- if $secret }}{{- get (default dict $secret.data) .key | b64dec -}}{{- end -}}
{{- end }}

{{- define "todo.database.cluster" -}}
{{ include "todo.fullname" . }}-database
{{- end }}

{{- /* The Secret and key of the database password: the operator's, the user's, or the chart's own. */ -}}
{{- define "todo.database.secretName" -}}
{{- if eq .Values.database.mode "cloudnativepg" -}}
{{ include "todo.database.cluster" . }}-app
{{- else -}}
{{- default (include "todo.fullname" .) .Values.database.external.existingSecret -}}
{{- end -}}
{{- end }}

{{- define "todo.database.passwordKey" -}}
{{- $external := .Values.database.external -}}
{{- if eq .Values.database.mode "cloudnativepg" -}}password
{{- else if $external.existingSecret -}}{{ $external.passwordKey }}
{{- else -}}database_password
{{- end -}}
{{- end }}

{{- define "todo.database.url" -}}
{{- if eq .Values.database.mode "cloudnativepg" -}}
{{- $pooled := .Values.database.cloudnativepg.pooler.enabled -}}
postgres://todo@{{ include "todo.database.cluster" . }}-{{ ternary "pooler" "rw" $pooled }}:5432/todo
{{- else -}}
{{- with .Values.database.external -}}
postgres://{{ .user }}@{{ .host }}:{{ .port }}/{{ .name }}?sslmode={{ .sslMode }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "todo.database.directUrl" -}}
{{- if eq .Values.database.mode "cloudnativepg" -}}
postgres://todo@{{ include "todo.database.cluster" . }}-rw:5432/todo
{{- else -}}
{{- with .Values.database.external -}}
postgres://{{ .user }}@{{ default .host .directHost }}:{{ ternary .directPort .port (ne .directHost "") }}/{{ .name }}?sslmode={{ .sslMode }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "todo.redis.url" -}}
{{- if eq .Values.redis.mode "plain" -}}
redis://{{ include "todo.fullname" . }}-redis:6379
{{- else -}}
redis://{{ .Values.redis.external.host }}:{{ .Values.redis.external.port }}
{{- end -}}
{{- end }}

{{- define "todo.redis.hasPassword" -}}
{{- $external := .Values.redis.external -}}
{{- if or (eq .Values.redis.mode "plain") $external.existingSecret $external.password }}yes{{ end -}}
{{- end }}

{{- define "todo.redis.secretName" -}}
{{- if eq .Values.redis.mode "plain" }}{{ include "todo.fullname" . }}-redis
{{- else }}{{ default (printf "%s-redis" (include "todo.fullname" .)) .Values.redis.external.existingSecret }}{{ end -}}
{{- end }}

{{- define "todo.redis.passwordKey" -}}
{{- if and (eq .Values.redis.mode "external") .Values.redis.external.existingSecret }}{{ .Values.redis.external.passwordKey }}
{{- else }}redis_password{{ end -}}
{{- end }}

{{- /* The restricted Pod Security Standard. dict "user" 65532 */ -}}
{{- define "todo.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "todo.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "todo.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Where a component's pods run. dict "root" $ "component" "backend" "values" .Values.backend */ -}}
{{- define "todo.placement" -}}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "todo.selector" $ | nindent 8 }}
  {{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Required values. Checked here, because the schema's error messages would not help. */ -}}
{{- define "todo.validate" -}}
{{- $_ := required "image.registry is empty: set it to the location of the images, such as ghcr.io/your-organisation/todo-list-plus" .Values.image.registry -}}
{{- $_ = required "publicUrl is empty: set it to the public URL, such as https://todo.example.org" .Values.publicUrl -}}
{{- if eq .Values.database.mode "external" -}}
{{- $external := .Values.database.external -}}
{{- $_ = required "database.external.host is empty: set it to your PostgreSQL, or set database.mode to cloudnativepg" $external.host -}}
{{- $_ = required "database.external has neither existingSecret nor password" (or $external.existingSecret $external.password) -}}
{{- else if .Values.database.cloudnativepg.backup.enabled -}}
{{- $backup := .Values.database.cloudnativepg.backup -}}
{{- $_ = required "database.cloudnativepg.backup needs destinationPath and credentialsSecret" (and $backup.destinationPath $backup.credentialsSecret) -}}
{{- end -}}
{{- if and .Values.database.cloudnativepg.restoreFrom (not .Values.database.cloudnativepg.backup.enabled) -}}
{{- fail "database.cloudnativepg.restoreFrom reads the store of database.cloudnativepg.backup: configure and enable that too" -}}
{{- end -}}
{{- if eq .Values.redis.mode "external" -}}
{{- $_ = required "redis.external.host is empty: set it to your Redis, or set redis.mode to plain" .Values.redis.external.host -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- fail "gateway.parentRefs is empty: name the Gateway that the HTTPRoute is attached to" -}}
{{- end -}}
{{- if and .Values.gateway.enabled .Values.ingress.enabled -}}
{{- fail "ingress and gateway are both enabled: choose one" -}}
{{- end -}}
{{- end }}
