{{- /* Environment of server, worker and migrate. */ -}}
{{- define "todo.connections" -}}
APP_ENV: production
PUBLIC_URL: {{ .Values.publicUrl | quote }}
DATABASE_URL: {{ include "todo.database.url" . | quote }}
DATABASE_DIRECT_URL: {{ include "todo.database.directUrl" . | quote }}
DATABASE_PASSWORD_FILE: /run/secrets/database/password
JWT_SECRET_FILE: /run/secrets/todo/jwt_secret
{{- end }}

{{- /* The ConfigMap's data. */ -}}
{{- define "todo.environment" -}}
{{ include "todo.connections" . }}
HOST: 0.0.0.0
PORT: "8000"
TRUSTED_PROXIES: {{ .Values.trustedProxies | quote }}
REDIS_URL: {{ include "todo.redis.url" . | quote }}
{{- if include "todo.redis.hasPassword" . }}
REDIS_PASSWORD_FILE: /run/secrets/redis/password
{{- end }}
DRAIN_SECONDS: {{ .Values.backend.drainSeconds | quote }}
SHUTDOWN_TIMEOUT_SECONDS: {{ .Values.backend.shutdownSeconds | quote }}
{{- range $name, $value := .Values.settings }}
{{- if kindIs "float64" $value }}
{{ $name }}: {{ printf "%.0f" $value | quote }}
{{- else }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Changes of these restart the pods, which read them only at startup. */ -}}
{{- define "todo.checksums" -}}
checksum/environment: {{ include "todo.environment" . | sha256sum }}
checksum/secrets: {{ toJson (list .Values.secrets .Values.database.external .Values.redis.external) | sha256sum }}
{{- end }}

{{- define "todo.serverVolumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
- name: secrets
  secret:
    secretName: {{ include "todo.secretName" . }}
    items: [{ key: jwt_secret, path: jwt_secret }]
- name: database
  secret:
    secretName: {{ include "todo.database.secretName" . }}
    items: [{ key: {{ include "todo.database.passwordKey" . }}, path: password }]
{{- if include "todo.redis.hasPassword" . }}
- name: redis
  secret:
    secretName: {{ include "todo.redis.secretName" . }}
    items: [{ key: {{ include "todo.redis.passwordKey" . }}, path: password }]
{{- end }}
{{- end }}

{{- /* The container of server and worker. dict "root" $ "args" (list "serve") "values" .Values.backend */ -}}
{{- define "todo.serverContainer" -}}
image: {{ include "todo.image" (dict "root" .root "name" "backend") }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
envFrom:
  - configMapRef: { name: {{ include "todo.fullname" .root }} }
env:
  # Variables instead of files, because these keys are optional and a missing file would be refused.
  {{- range $variable, $key := dict "JWT_SECRET_OLD" "jwt_secret_old" "SMTP_PASSWORD" "smtp_password" "OTEL_EXPORTER_OTLP_HEADERS" "otlp_headers" "METRICS_TOKEN" "metrics_token" }}
  - name: {{ $variable }}
    valueFrom:
      secretKeyRef: { name: {{ include "todo.secretName" $.root }}, key: {{ $key }}, optional: true }
  {{- end }}
ports:
  - { name: http, containerPort: 8000 }
# The first start may have to run migrations.
startupProbe:
  httpGet: { path: /health, port: http }
  periodSeconds: 2
  failureThreshold: 150
livenessProbe:
  httpGet: { path: /health, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 3
  timeoutSeconds: 6
  failureThreshold: 2
resources: {{ toYaml .values.resources | nindent 2 }}
{{ include "todo.containerSecurity" . }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  - { name: secrets, mountPath: /run/secrets/todo, readOnly: true }
  - { name: database, mountPath: /run/secrets/database, readOnly: true }
  {{- if include "todo.redis.hasPassword" .root }}
  - { name: redis, mountPath: /run/secrets/redis, readOnly: true }
  {{- end }}
{{- end }}
