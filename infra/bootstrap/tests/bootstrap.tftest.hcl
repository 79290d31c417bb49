mock_provider "aws" {
  override_during = plan

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  repository = "example/oh-my-coins"
}

run "a_deploy_role_is_for_one_environment_of_one_repository" {
  command = plan

  assert {
    condition     = toset(keys(aws_iam_role.deploy)) == toset(["staging", "production"])
    error_message = "Each environment needs its own role."
  }

  assert {
    condition = contains(flatten([
      for condition in data.aws_iam_policy_document.deploy_trust["production"].statement[0].condition : tolist(condition.values)
    ]), "repo:example/oh-my-coins:environment:production")
    error_message = "The production role must be for the environment production only."
  }
}

run "the_state_is_versioned_and_closed" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "The state must be versioned and private."
  }
}

run "a_repository_without_an_owner_is_refused" {
  command = plan

  variables {
    repository = "oh-my-coins"
  }

  expect_failures = [var.repository]
}
