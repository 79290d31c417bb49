mock_provider "aws" {
  mock_resource "aws_db_instance" {
    defaults = {
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:rds", kms_key_id = "one", secret_status = "active" }]
    }
  }
}

variables {
  name                = "omc-test"
  kms_key_arn         = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
  subnet_ids          = ["subnet-1", "subnet-2"]
  security_group_id   = "sg-1"
  monitoring_role_arn = "arn:aws:iam::123456789012:role/monitoring"
}

run "the_database_is_private_encrypted_and_kept" {
  assert {
    condition     = aws_db_instance.this.storage_encrypted && !aws_db_instance.this.publicly_accessible
    error_message = "The database must be encrypted and private."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.delete_automated_backups
    error_message = "By default the database is not to be lost."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "RDS keeps the password; Terraform never knows it."
  }
}

run "plain_connections_are_refused" {
  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "rds.force_ssl must be on."
  }
}

run "backups_of_less_than_a_week_are_refused" {
  command = plan

  variables {
    backup_days = 3
  }

  expect_failures = [var.backup_days]
}

run "an_unsupported_version_is_refused" {
  command = plan

  variables {
    engine_version = "14"
  }

  expect_failures = [var.engine_version]
}
