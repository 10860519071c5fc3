-- The requests of one slice, for wrk: `wrk -s requests.lua URL -- read|page|update NUMBER_OF_ITEMS`.
-- Writes one line of JSON at the end; only answers with a status below 400 count.

local PAGE = 100
local json = { ["Content-Type"] = "application/json" }
local makers = {}

function makers.read(items)
  return wrk.format("GET", "/items/" .. math.random(items))
end

function makers.page(items)
  local offset = math.random(0, math.max(0, items - PAGE))
  return wrk.format("GET", "/items/?offset=" .. offset .. "&limit=" .. PAGE)
end

function makers.update(items)
  local body = '{"name": "Changed", "price": ' .. math.random(100000) / 100 .. "}"
  return wrk.format("PUT", "/items/" .. math.random(items), json, body)
end

function init(arguments)
  math.randomseed(os.time())
  make = makers[arguments[1]]
  items = tonumber(arguments[2])
end

function request()
  return make(items)
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"answers": %d, "failed": %d, "microseconds": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests - errors.status, failed, summary.duration, latency:percentile(50), latency:percentile(99)
  ))
end
