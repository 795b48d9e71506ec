// node --test scripts/check-arrows.test.mjs
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { check, codeOf, namedModules } from './check-arrows.mjs'

const modules = (text, path) => namedModules(text, path).map(({ line, module }) => `${line} ${module}`)

test('use lines and paths in the code are read, whatever their form', () => {
  const text = `use super::{store, super_thing};
use crate::{
    auth::{Caller, token::{A, B}},
    db,
};

fn f(x: crate::http::page::Page) -> super::super::users::Id {
    self::g(); crate::tags::store::find()
}
`
  assert.deepEqual(modules(text, ['tasks', 'edit']), ['1 tasks', '1 tasks', '3 auth', '4 db', '7 http', '7 users', '8 tasks', '8 tags'])
})

test('comments, texts and unit tests do not count', () => {
  const text = `// crate::cli
/// [\`crate::cli\`]
const A: &str = "crate::cli"; const B: &str = r#"crate::"cli"#;
#[cfg(test)]
mod tests {
    use crate::cli;
}
fn f() { crate::db::begin() }
`
  assert.equal(codeOf(text).split('\n').length, text.split('\n').length)
  assert.deepEqual(modules(text, ['tasks']), ['8 db'])
})

test('a path against the arrows is named with its file, line and rule', () => {
  const root = mkdtempSync(join(tmpdir(), 'arrows-'))
  const write = (file, text) => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const exceptions = new Map([['events/change.rs -> outbox', 'for this test']])
  try {
    write('events/change.rs', '\nuse crate::{db, outbox::Channel};\n')
    write('tasks/store.rs', 'use crate::projects::access;\n')
    assert.deepEqual(check(root, exceptions), [])
    write('projects/store.rs', '\n\nfn f() { crate::tasks::store::find() }\n')
    write('tags/mod.rs', 'use crate::state::AppState;\n')
    write('live/hub.rs', 'use crate::{auth, projects};\n')
    write('new/mod.rs', 'use crate::db;\n')
    assert.deepEqual(
      check(root, exceptions).map((line) => line.slice(root.length + 1)),
      [
        'live/hub.rs:1: names projects: of the features, live knows auth alone',
        'new/mod.rs:1: names db: new stands in no layer of scripts/check-arrows.mjs',
        'projects/store.rs:3: names tasks: within features, projects stands before tasks',
        'tags/mod.rs:1: names state: tags is of the layer features, below state of state',
      ],
    )
    write('events/change.rs', '')
    assert.match(check(root, exceptions).at(-1), /nothing needs the exception events\/change.rs -> outbox/)
  } finally {
    rmSync(root, { recursive: true })
  }
})
