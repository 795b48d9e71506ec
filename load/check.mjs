// node check.mjs FOLDER [errors]: compares the statistics of JMeter's report with the thresholds of scenario.json, or their errors alone. k6 does
// so itself.
import { readFileSync } from 'node:fs'

const scenario = JSON.parse(readFileSync(new URL('scenario.json', import.meta.url), 'utf8'))
const [, , folder, only] = process.argv
const statistics = JSON.parse(readFileSync(`${folder}/statistics.json`, 'utf8'))
const problems = []
console.log('request        count  errors  median ms  p95 ms  allowed')
for (const [name, allowed] of Object.entries(scenario.p95_ms)) {
  const found = statistics[name]
  if (!found) {
    problems.push(`${name} was never asked for`)
    continue
  }
  // JMeter's second percentile is the 95th (jmeter.reportgenerator: aggregate_rpt_pct2).
  const { sampleCount, errorCount, medianResTime, pct2ResTime } = found
  const columns = [String(sampleCount).padStart(6), String(errorCount).padStart(7), medianResTime.toFixed(0).padStart(10)]
  console.log(name.padEnd(13), ...columns, pct2ResTime.toFixed(0).padStart(7), String(allowed).padStart(8))
  if (errorCount / sampleCount > scenario.max_error_ratio) problems.push(`${name}: ${errorCount} of ${sampleCount} failed`)
  if (only !== 'errors' && pct2ResTime > allowed) problems.push(`${name}: the 95th percentile is ${pct2ResTime.toFixed(0)} ms, and ${allowed} are allowed`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
