mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/flow" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-southeast-2:123456789012:log-group:/omc-test/vpc-flow" }
  }
}

variables {
  name               = "omc-test"
  availability_zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"]
  kms_key_arn        = "arn:aws:kms:ap-southeast-2:123456789012:key/one"
}

run "one_way_out_where_money_counts" {
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "Without nat_per_zone every zone must use the one NAT gateway."
  }
}

run "a_way_out_in_each_zone_where_it_must_last" {
  variables {
    nat_per_zone = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "nat_per_zone must make a NAT gateway in each zone."
  }
}

run "no_two_subnets_overlap_and_data_has_no_way_out" {
  assert {
    condition = length(distinct(concat(
      [for subnet in aws_subnet.public : subnet.cidr_block],
      [for subnet in aws_subnet.private : subnet.cidr_block],
      [for subnet in aws_subnet.data : subnet.cidr_block],
    ))) == 9
    error_message = "Nine subnets need nine address ranges."
  }

  assert {
    condition     = alltrue([for route in concat(values(aws_route.nat), [aws_route.internet]) : route.route_table_id != aws_route_table.data.id])
    error_message = "The data subnets must have no route out."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.map_public_ip_on_launch != true])
    error_message = "Nothing gets a public address by itself."
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    availability_zones = ["ap-southeast-2a"]
  }

  expect_failures = [var.availability_zones]
}

run "a_network_too_small_is_refused" {
  command = plan

  variables {
    cidr = "10.0.0.0/24"
  }

  expect_failures = [var.cidr]
}
