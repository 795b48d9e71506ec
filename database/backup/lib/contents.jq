# The lines of fingerprint.sql as one object.
{
  migrations: (map(.migrations // empty) | add // []),
  tables: (map(select(.table) | {key: .table, value: {rows, checksum}}) | from_entries),
  schema: (map(.schema // empty) | first)
}
