import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import pluginVue from 'eslint-plugin-vue'
import vueA11y from 'eslint-plugin-vuejs-accessibility'

export default defineConfigWithVueTs(
  {
    ignores: ['dist/**', 'components.d.ts', 'src/api/schema.d.ts', 'playwright-report/**', 'test-results/**'],
  },
  pluginVue.configs['flat/recommended'],
  vueA11y.configs['flat/recommended'],
  vueTsConfigs.strict,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      // `j` is another key on a Russian keyboard, and another place on Dvorak.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'BinaryExpression[left.property.name="key"][right.value=/^[a-zA-Z]$/]',
          message: 'Compare letters with shortcutKey() of lib/keys.ts, which knows every layout.',
        },
        {
          selector: 'MemberExpression[property.name="isComposing"]',
          message: 'No handler gets keys of a composition: lib/keys.ts withholds them.',
        },
        {
          selector:
            'CallExpression[callee.name="useEventListener"][arguments.0.name=/^(document|window)$/][arguments.1.value=/^key/]',
          message: 'Keys of the whole page are in one registry: useCommand().',
        },
        // The sentences of the server may change.
        ...[
          'BinaryExpression[operator=/^[!=]==?$/][left.property.name=/^(message|detail)$/]',
          'BinaryExpression[operator=/^[!=]==?$/][left.expression.property.name=/^(message|detail)$/]',
          'CallExpression[callee.property.name=/^(startsWith|endsWith|includes|indexOf|match|search|test|exec)$/]:has(MemberExpression[property.name=/^(message|detail|last_error)$/])',
        ].map((selector) => ({ selector, message: 'Compare the code of the error.' })),
      ],
      'vue/multi-word-component-names': 'off',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
      'vue/no-undef-components': ['error', { ignorePatterns: ['^El[A-Z]', '^el-', '^Router', '^router-'] }],
      // What people write finds its own direction and does not turn the words around it.
      'vue/no-restricted-syntax': [
        'error',
        {
          selector:
            'VElement:not([name=/^(bdi|template)$/]):not(:has(> VStartTag:has(> VAttribute[key.name="dir"]))) > VExpressionContainer > MemberExpression[property.name=/^(title|name|description)$/]',
          message: 'Put it into an element of its own with dir="auto", or into <bdi>.',
        },
        {
          selector:
            'VElement > VExpressionContainer MemberExpression[property.name=/^(email|recipient)$/]:not(CallExpression[callee.name="addressText"] > MemberExpression)',
          message: 'Show addresses through addressText(): a domain is kept in its ASCII form.',
        },
      ],
      // They show the browser's language, not the page's: ui/dates has fields of our own.
      'vue/no-restricted-static-attribute': [
        'error',
        ...['date', 'time', 'datetime-local', 'month', 'week'].map((value) => ({ key: 'type', value })),
      ],
      'vue/no-unused-refs': 'error',
      'vue/no-v-html': 'error',
      // Layout is Prettier's business.
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      // A label that is tied by `for` is enough.
      'vuejs-accessibility/label-has-for': [
        'error',
        { required: { some: ['nesting', 'id'] }, controlComponents: ['DayInput', 'TimeInput'] },
      ],
    },
  },
  {
    // Whose a thing is that the browser keeps: lib/storage.ts asks, and signing out removes what is the person's.
    files: ['src/**'],
    ignores: ['src/lib/storage.ts', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB'],
      'no-restricted-properties': [
        'error',
        ...['localStorage', 'sessionStorage', 'indexedDB'].flatMap((property) =>
          ['window', 'globalThis', 'self'].map((object) => ({ object, property })),
        ),
      ],
    },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
)
