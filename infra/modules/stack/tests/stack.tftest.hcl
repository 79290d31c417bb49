# The secrets inside cannot be mocked: this runs with the provider itself, against the simulation of tests/infra.
variables {
  name               = "omc-test"
  availability_zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"]
  public_host        = "coins.example.com"
  certificate_arn    = "arn:aws:acm:ap-southeast-2:123456789012:certificate/one"
  image              = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/omc-test:v1"
  alarm_email        = "operations@example.com"
  contact            = "operations@example.com"
}

run "by_default_a_stack_is_made_to_last" {
  command = plan

  assert {
    condition     = output.url == "https://coins.example.com"
    error_message = "The address must be the public name."
  }

  assert {
    condition     = length(output.services) == 2 && length(output.task_families) == 3
    error_message = "Two services and three roles are wanted."
  }
}

run "a_floating_tag_is_refused" {
  command = plan

  variables {
    image = "omc:latest"
  }

  expect_failures = [var.image]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    availability_zones = ["ap-southeast-2a"]
  }

  expect_failures = [var.availability_zones]
}
