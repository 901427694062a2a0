-- Questions that people ask of their logs. Each statement begins with a line "-- name: …".

-- name: errors_today
-- ERROR in today's log of the app container of my-awesome-app.
SELECT "time", "stream", "log"
FROM hakoban_logs
WHERE service = 'my-awesome-app'
  AND container = 'app'
  AND dt = CAST(current_date AS varchar)
  AND "log" LIKE '%ERROR%'
ORDER BY "time";

-- name: one_task
-- All that one task said, when its service and day are known. Its id is in the path of its objects.
SELECT "time", container, "log"
FROM hakoban_logs
WHERE service = 'my-awesome-app'
  AND container IN ('app', 'proxy')
  AND dt = '2026-11-23'
  AND regexp_extract("$path", '/dt=[^/]+/([^/]+)/', 1) = '0123456789abcdef0123456789abcdef'
ORDER BY "time";

-- name: noisiest_tasks
-- Which tasks of a service wrote how many lines today.
SELECT regexp_extract("$path", '/dt=[^/]+/([^/]+)/', 1) AS task_id, count(*) AS "lines"
FROM hakoban_logs
WHERE service = 'my-awesome-app'
  AND container = 'app'
  AND dt = CAST(current_date AS varchar)
GROUP BY 1
ORDER BY 2 DESC
LIMIT 20;
