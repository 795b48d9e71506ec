-- Sends requests that were made before, in their order, and counts the answers by their status.
-- wrk -s load.lua URL -- REQUESTS THREADS each|size once|again PAUSE
--   REQUESTS  for each request a line with the expected status and its length in bytes, then the request itself
--   each      look at every answer; size: only count their bytes, which costs the generator nothing
--   once      no request is sent twice: running out of them is counted
--   PAUSE     mean of the pause before each request in milliseconds, exponentially distributed; 0: none
-- What was found is the last line of what wrk prints, as JSON.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

local requests, expected = {}, {}
local position, mean_pause, may_repeat = 0, 0, true
-- wrk asks the first thread for a request before it begins, and never sends it.
local is_asked_for_form = false

-- What `done` reads of each thread; keys are texts, since numbers would make arrays with holes.
answered, examples = {}, {}
sent, ran_out, short = 0, 0, 0

function init(args)
  local count = tonumber(args[2])
  if args[3] == "size" then response = nil end
  may_repeat = args[4] == "again"
  mean_pause = tonumber(args[5])
  if mean_pause == 0 then delay = nil else math.randomseed(number) end
  is_asked_for_form = number == 1
  local file = assert(io.open(args[1], "rb"))
  local place = 0
  for line in function() return file:read("*l") end do
    local status, length = line:match("^(%d+) (%d+)$")
    local request = file:read(tonumber(length))
    place = place + 1
    if (place - 1) % count + 1 == number then
      table.insert(requests, request)
      expected[status] = true
    end
  end
  file:close()
end

function request()
  if is_asked_for_form then
    is_asked_for_form = false
    return requests[1]
  end
  position = position + 1
  if position > #requests then
    if not may_repeat then ran_out = ran_out + 1 end
    position = 1
  end
  sent = sent + 1
  return requests[position]
end

function delay()
  -- Whole milliseconds, rounded so that the mean stays.
  return math.floor(-mean_pause * math.log(1 - math.random()) + math.random())
end

function response(status, headers, body)
  local key = tostring(status)
  answered[key] = (answered[key] or 0) + 1
  -- {"items":[],"next_cursor":null} is the shortest answer there is.
  local is_short = (status == 200 or status == 201) and #body < 15
  if is_short then short = short + 1 end
  if (is_short or not expected[key]) and #examples < 3 then
    table.insert(examples, status .. " " .. body:sub(1, 300))
  end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end

function done(summary, latency)
  local statuses, sent_by, complaints, missing, truncated = {}, {}, {}, 0, 0
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("answered")) do statuses[status] = (statuses[status] or 0) + count end
    table.insert(sent_by, thread:get("sent"))
    for _, example in ipairs(thread:get("examples")) do table.insert(complaints, quoted(example)) end
    missing = missing + thread:get("ran_out")
    truncated = truncated + thread:get("short")
  end
  local function object(counts)
    local parts = {}
    for key, value in pairs(counts) do table.insert(parts, string.format('"%s":%d', key, value)) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  local errors = summary.errors
  print(string.format(
    '{"microseconds":%d,"requests":%d,"bytes":%d,"errors":%s,"sent":[%s],"answered":%s,"short":%d,"ran_out":%d,' ..
      '"p50":%d,"p90":%d,"p99":%d,"examples":[%s]}',
    summary.duration, summary.requests, summary.bytes,
    object({ connect = errors.connect, read = errors.read, write = errors.write, status = errors.status,
      timeout = errors.timeout }),
    table.concat(sent_by, ","), object(statuses), truncated, missing,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), table.concat(complaints, ",")))
end
