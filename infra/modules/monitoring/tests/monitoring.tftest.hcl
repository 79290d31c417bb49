mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_region" {
    defaults = { name = "ap-southeast-2" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-southeast-2:123456789012:omc-test-alarms" }
  }
}

variables {
  name                    = "omc-test"
  kms_key_arn             = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
  alarm_email             = "operations@example.com"
  alb_arn_suffix          = "app/omc-test/1"
  target_group_arn_suffix = "targetgroup/omc-test-chat/1"
  database_identifier     = "omc-test"
  cache_ids               = ["omc-test-001", "omc-test-002"]
}

run "every_alarm_rings_and_says_when_it_is_over" {
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.error_rate]) :
      length(alarm.alarm_actions) == 1 && length(alarm.ok_actions) == 1 && contains(["breaching", "notBreaching"], alarm.treat_missing_data)
    ])
    error_message = "Each alarm needs actions for both ways, and a word on missing data."
  }
}

run "every_node_of_the_cache_is_watched" {
  assert {
    condition     = length([for name in keys(aws_cloudwatch_metric_alarm.this) : name if startswith(name, "cache-evictions-")]) == 2
    error_message = "Each node needs its own alarm."
  }
}

run "the_dashboard_shows_every_part" {
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) >= 6
    error_message = "At least six widgets are wanted."
  }

  assert {
    condition = alltrue([
      for namespace in ["AWS/ECS", "AWS/ApplicationELB", "AWS/RDS", "AWS/ElastiCache", "OhMyCoins"] :
      strcontains(aws_cloudwatch_dashboard.this.dashboard_body, namespace)
    ])
    error_message = "A part of the system is not on the dashboard."
  }
}

run "logs_are_encrypted_and_end" {
  assert {
    condition     = alltrue([for group in values(aws_cloudwatch_log_group.this) : group.retention_in_days == 365 && group.kms_key_id == var.kms_key_arn])
    error_message = "Each log group needs the key and an end."
  }
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    alarm_email = "operations"
  }

  expect_failures = [var.alarm_email]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}
