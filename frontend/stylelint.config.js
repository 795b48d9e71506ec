// What Prettier does not decide: mistakes, and the rules of src/styles/README.md.

/** @type {import('stylelint').Config} */
export default {
  extends: ['stylelint-config-recommended'],
  rules: {
    // States of one element are ordered as they are read: usual, hovered, disabled.
    'no-descending-specificity': null,
    // A layer, a colour and a radius of a pill are named once, in styles/tokens.css.
    'declaration-property-value-allowed-list': { 'z-index': ['/^var\\(--layer-/'] },
    'color-no-hex': true,
    'color-named': 'never',
    'property-disallowed-list': [
      [
        '/^(?:margin|padding|border)-(?:left|right|top|bottom)/',
        'left',
        'right',
        'top',
        'bottom',
        'width',
        'height',
      ],
      { message: 'Logical directions: inline-size, margin-block, inset-inline-start.' },
    ],
    'selector-pseudo-class-no-unknown': [true, { ignorePseudoClasses: ['deep', 'global', 'slotted'] }],
  },
  overrides: [
    { files: ['src/**/*.vue'], customSyntax: 'postcss-html' },
    { files: ['src/styles/tokens.css'], rules: { 'color-no-hex': null } },
  ],
}
