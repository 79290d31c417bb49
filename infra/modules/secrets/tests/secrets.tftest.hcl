# Ephemeral values cannot be mocked: this runs with the provider itself, against the simulation of tests/infra.
variables {
  name           = "omc-test"
  collector_keys = ["nansen_key"]
}

run "no_value_is_kept_in_the_state" {
  command = plan

  assert {
    condition = alltrue([
      for version in concat(values(aws_secretsmanager_secret_version.provided), values(aws_secretsmanager_secret_version.generated)) :
      version.secret_string == null && version.secret_string_wo_version >= 1
    ])
    error_message = "Values must be write-only."
  }
}

run "a_deleted_secret_can_be_brought_back_for_a_month" {
  command = plan

  assert {
    condition     = alltrue([for secret in concat(values(aws_secretsmanager_secret.provided), values(aws_secretsmanager_secret.generated)) : secret.recovery_window_in_days == 30])
    error_message = "The recovery window must be 30 days."
  }
}

run "the_key_is_the_environments_own_and_rotates" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/omc-test"
    error_message = "The key must rotate."
  }
}

run "a_recovery_window_under_a_week_is_refused" {
  command = plan

  variables {
    recovery_window_days = 1
  }

  expect_failures = [var.recovery_window_days]
}
