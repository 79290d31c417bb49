mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name                 = "omc-test"
  kms_key_arn          = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
  repository_arn       = "arn:aws:ecr:ap-southeast-2:123456789012:repository/omc-test"
  secret_arns          = ["arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:one"]
  artifacts_bucket_arn = "arn:aws:s3:::omc-test-artifacts"
  log_group_arns       = ["arn:aws:logs:ap-southeast-2:123456789012:log-group:/omc-test/chat"]
}

run "the_program_itself_reads_no_secret_and_ends_no_version" {
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.actions])) == toset([
      "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Decrypt", "kms:GenerateDataKey",
    ])
    error_message = "The task role is for artifacts only."
  }
}

run "only_the_listed_secrets_are_read" {
  assert {
    condition = [
      for statement in data.aws_iam_policy_document.execution.statement : statement.resources
      if contains(statement.actions, "secretsmanager:GetSecretValue")
    ] == [toset(["arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:one"])]
    error_message = "The execution role must read the listed secrets and no other."
  }
}

run "a_role_without_secrets_is_refused" {
  command = plan

  variables {
    secret_arns = []
  }

  expect_failures = [var.secret_arns]
}
