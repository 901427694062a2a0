-- Athena's tables over hakoban's log objects. Put your bucket and prefix in place of BUCKET/PREFIX, and run each
-- statement once. No partition is ever added: Athena computes where to look from the names in the query (partition
-- projection), so a query must name one or more services and containers (=, or IN), and should name dates.
--
-- JSON is read by Hive's SerDe. `time` is text, as Docker wrote it: RFC 3339, UTC, to the nanosecond.

-- Logs of ECS tasks. A batch task's family stands for the service.
CREATE EXTERNAL TABLE hakoban_logs (
  `log` string COMMENT 'the line, with its newline',
  `stream` string COMMENT 'stdout or stderr',
  `attrs` map<string,string>,
  `time` string
)
PARTITIONED BY (`service` string, `container` string, `dt` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS TEXTFILE
LOCATION 's3://BUCKET/PREFIX/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.service.type' = 'injected',
  'projection.container.type' = 'injected',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2024-01-01,NOW+1DAYS',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/${service}/${container}/dt=${dt}/'
);

-- Logs of the hosts themselves: units of systemd's journal, the kernel, named files.
CREATE EXTERNAL TABLE hakoban_host_logs (
  `log` string,
  `stream` string COMMENT 'journal, or file',
  `attrs` map<string,string> COMMENT 'identifier, pid, priority',
  `time` string
)
PARTITIONED BY (`instance` string, `unit` string, `dt` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS TEXTFILE
LOCATION 's3://BUCKET/PREFIX/_host/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.instance.type' = 'injected',
  'projection.unit.type' = 'injected',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2024-01-01,NOW+1DAYS',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/_host/${instance}/${unit}/dt=${dt}/'
);

-- One row a task: what it was, where its logs lie, how it ended.
CREATE EXTERNAL TABLE hakoban_tasks (
  `version` int,
  `task_id` string,
  `task_arn` string,
  `cluster` string,
  `kind` string COMMENT 'service, daemon or batch',
  `service` string,
  `family` string,
  `revision` string,
  `group` string,
  `started_by` string,
  `instance_id` string,
  `container_instance_arn` string,
  `status` string COMMENT 'running or stopped',
  `complete` boolean COMMENT 'all of its logs are stored',
  `containers` array<struct<
    `id`: string, `name`: string, `image`: string, `log_driver`: string, `folder`: string, `started_at`: string,
    `finished_at`: string, `ended`: boolean, `exit_code`: int, `oom_killed`: boolean, `lines`: bigint, `bytes`: bigint,
    `objects`: bigint, `lost_bytes`: bigint, `dates`: map<string,bigint>, `stored`: boolean>>
)
PARTITIONED BY (`task` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS TEXTFILE
LOCATION 's3://BUCKET/PREFIX/_tasks/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.task.type' = 'injected',
  'storage.location.template' = 's3://BUCKET/PREFIX/_tasks/${task}/'
);
