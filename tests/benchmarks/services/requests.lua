-- The requests of one slice, for wrk: `wrk -s requests.lua URL -- read|list|create PATH NUMBER_OF_ITEMS SKIP`.
-- Writes one line of JSON at the end; only answers with a status below 400 count.

local json = { ["Content-Type"] = "application/json" }
local makers = {}

function makers.read()
  return wrk.format("GET", path .. math.random(items))
end

function makers.list()
  return wrk.format("GET", path .. "?" .. skip .. "=" .. math.random(0, items - 100) .. "&limit=100")
end

function makers.create()
  local body = '{"name": "New", "description": "Made by wrk", "price": ' .. math.random(100000) / 100 .. "}"
  return wrk.format("POST", path, json, body)
end

function init(arguments)
  math.randomseed(os.time())
  make = makers[arguments[1]]
  path = arguments[2]
  items = tonumber(arguments[3])
  skip = arguments[4]
end

function request()
  return make()
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"answers": %d, "failed": %d, "microseconds": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests - errors.status, failed, summary.duration, latency:percentile(50), latency:percentile(99)
  ))
end
