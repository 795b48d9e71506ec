// Arrows between the folders of the page (docs/architecture.md, "The page"). `npm run lint` holds them.

/** What each feature may stand on, so that there are no circles among them. */
const features = {
  session: [],
  projects: ['session'],
  reminders: ['session', 'projects'],
  tasks: ['session', 'projects', 'reminders'],
  notifications: ['session', 'projects'],
  search: ['session', 'projects', 'tasks'],
  'project-page': ['session', 'projects', 'tasks'],
  dashboard: ['session', 'projects', 'tasks'],
  webhooks: ['session', 'projects'],
  admin: ['session', 'notifications', 'webhooks'],
  account: ['session', 'projects', 'notifications', 'admin'],
}

/** What each layer may stand on beside itself and the packages. */
const layers = {
  lib: [],
  i18n: ['lib'],
  api: ['lib'],
  ui: ['lib', 'i18n', 'api/errors\\.ts$'],
  sync: ['lib', 'api'],
}

const tests = '\\.test\\.ts$|^src/testing/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(layers).map(([layer, allowed]) => ({
      name: `${layer}-stands-on`,
      comment: `${layer}/ may import from: ${allowed.join(', ') || 'nothing else of src/'}`,
      severity: 'error',
      from: { path: `^src/${layer}/`, pathNot: tests },
      to: {
        path: '^src/',
        pathNot: [layer, ...allowed].map((folder) => `^src/${folder}${folder.endsWith('$') ? '' : '/'}`),
      },
    })),
    ...Object.entries(features).map(([feature, allowed]) => ({
      name: `${feature}-stands-on`,
      comment: `features/${feature} may import from the features: ${allowed.join(', ') || 'none'}`,
      severity: 'error',
      from: { path: `^src/features/${feature}/`, pathNot: tests },
      to: { path: '^src/features/', pathNot: [feature, ...allowed].map((one) => `^src/features/${one}/`) },
    })),
    {
      name: 'every-feature-is-listed',
      comment: 'Say in .dependency-cruiser.mjs what the new feature may stand on.',
      severity: 'error',
      from: {
        path: '^src/features/',
        pathNot: Object.keys(features).map((feature) => `^src/features/${feature}/`),
      },
      to: {},
    },
    {
      name: 'through-the-index',
      comment:
        'A feature is entered through its index.ts; app/locales gathers the texts of those that every page needs.',
      severity: 'error',
      from: { path: '^src/(?:features/([^/]+)/|[^/]+/)', pathNot: ['^src/app/locales/', tests] },
      to: { path: '^src/features/', pathNot: ['^src/features/[^/]+/index\\.ts$', '^src/features/$1/'] },
    },
    {
      name: 'nobody-knows-the-app',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/app/', tests] },
      to: { path: '^src/app/' },
    },
    {
      name: 'no-test-parts-in-the-page',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'no-circles',
      comment: 'Types aside: they are gone when the page runs.',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      // A path of types alone, which Node does not know.
      to: { couldNotResolve: true, pathNot: '^element-plus/es/locale$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.app.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.d.ts', '.vue', '.json', '.css', '.js', '.mjs'],
    },
  },
}
