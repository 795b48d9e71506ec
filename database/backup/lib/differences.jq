# $expected and $actual: output of fingerprint.sql. Prints one line per difference.
($expected.tables + $actual.tables | keys[]) as $table
| select($expected.tables[$table] != $actual.tables[$table])
| "\($table): \($expected.tables[$table].rows // "no") rows expected, \($actual.tables[$table].rows // "none") found"
  + (if $expected.tables[$table].rows == $actual.tables[$table].rows then ", with other contents" else "" end)
