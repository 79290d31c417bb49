mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name        = "omc-test"
  kms_key_arn = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
}

run "both_buckets_are_closed_to_the_public" {
  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.this) == 2
    error_message = "Nothing may be public."
  }
}

run "an_artifact_that_is_overwritten_can_be_brought_back" {
  assert {
    condition     = aws_s3_bucket_versioning.artifacts.versioning_configuration[0].status == "Enabled" && !aws_s3_bucket.artifacts.force_destroy
    error_message = "Artifacts must be versioned and not be emptied by a destroy."
  }

  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.artifacts.rule).noncurrent_version_expiration[0].noncurrent_days == 90
    error_message = "Earlier versions must be kept for 90 days."
  }
}

run "artifacts_are_encrypted_with_the_environments_own_key" {
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.artifacts.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
    error_message = "Artifacts must be encrypted with the given key."
  }
}

run "forgetting_versions_within_a_month_is_refused" {
  command = plan

  variables {
    noncurrent_days = 7
  }

  expect_failures = [var.noncurrent_days]
}
