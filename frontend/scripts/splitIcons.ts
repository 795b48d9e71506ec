// The icon package is one module, which a bundler cannot split: the first page would load every icon that any page uses. This makes each
// icon a separate module, so that it is loaded with the component that shows it.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const PACKAGE = '@element-plus/icons-vue'
const PREFIX = '\0icon:'
const IMPORT = /import\s*\{([^}]+)\}\s*from\s*["']@element-plus\/icons-vue["'];?/g

/** Each icon's code by name, from the package's module: sections that begin with their file name, and a list of exports. */
export function iconsOf(code: string): Map<string, string> {
  const parts = code.split(/^\/\/ src\/components\/.+\.vue$/m).slice(1)
  const byVariable = new Map(
    parts.map((part) => {
      const [, variable = ''] = /\b(\w+_default) = _sfc_main/.exec(part) ?? []
      return [variable, `${part.split(/^\/\/ src\/|^export \{/m)[0]}\nexport default ${variable};`]
    }),
  )
  const exported = [...code.matchAll(/^ {2}(\w+_default) as (\w+),?$/gm)]
  return new Map(exported.map(([, variable = '', name = '']) => [name, byVariable.get(variable) ?? '']))
}

/** Splits an import of several icons into one import per icon. */
export function splitImports(code: string): string {
  return code.replace(IMPORT, (_, names: string) =>
    names
      .split(',')
      .map((name) => name.trim().split(/\s+as\s+/))
      .filter(([name]) => name)
      .map(([name = '', local = name]) => `import ${local} from '${PACKAGE}/${name}'`)
      .join(';'),
  )
}

export function splitIcons(): Plugin {
  let icons: Map<string, string> | undefined
  return {
    name: 'split-icons',
    apply: 'build',
    enforce: 'post',
    resolveId(source) {
      return source.startsWith(`${PACKAGE}/`) ? PREFIX + source.slice(PACKAGE.length + 1) : null
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null
      icons ??= iconsOf(
        readFileSync(fileURLToPath(import.meta.resolve(PACKAGE)).replace(/index\.\w+$/, 'index.js'), 'utf8'),
      )
      const name = id.slice(PREFIX.length)
      const code = icons.get(name)
      if (!code)
        this.error(
          `${PACKAGE} has no icon ${name}, or is made in another way than scripts/splitIcons.ts knows.`,
        )
      return { code, moduleSideEffects: false }
    },
    transform(code, id) {
      if (id.includes('/node_modules/') || !code.includes(PACKAGE)) return null
      return { code: splitImports(code), map: null }
    },
  }
}
