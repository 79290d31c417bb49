mock_provider "aws" {}

variables {
  name        = "omc-test"
  kms_key_arn = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
}

run "a_tag_never_changes_its_image_and_each_image_is_scanned" {
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Tags must be immutable and images scanned."
  }
}

run "images_to_roll_back_to_are_kept" {
  assert {
    condition     = one([for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.countNumber if rule.selection.tagStatus == "any"]) == 20
    error_message = "Twenty images must be kept."
  }
}

run "keeping_too_few_images_is_refused" {
  command = plan

  variables {
    keep_images = 1
  }

  expect_failures = [var.keep_images]
}
