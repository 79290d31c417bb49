variable "region" {
  description = "Region everything runs in."
  type        = string
  default     = "ap-southeast-2"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "region must be such as ap-southeast-2."
  }
}

variable "prefix" {
  description = "First part of every name."
  type        = string
  default     = "omc"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.prefix))
    error_message = "prefix must be 2 to 12 lower-case letters or digits."
  }
}

variable "public_host" {
  description = "Public name of the chat, covered by the certificate."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+[.][a-z]{2,}$", var.public_host))
    error_message = "public_host must be a host name."
  }
}

variable "certificate_arn" {
  description = "ACM certificate of the public name."
  type        = string

  validation {
    condition     = startswith(var.certificate_arn, "arn:")
    error_message = "certificate_arn must be an ARN."
  }
}

variable "image" {
  description = "Image to start with; later ones are deployed by infra/scripts/deploy-ecs.sh."
  type        = string

  validation {
    condition     = !endswith(var.image, ":latest")
    error_message = "image must name a fixed tag or digest, not latest."
  }
}

variable "alarm_email" {
  description = "Address that alarms go to."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "contact" {
  description = "Name and address told to the feeds in the User-Agent."
  type        = string

  validation {
    condition     = length(var.contact) > 3
    error_message = "contact must tell the feeds whom to write to."
  }
}

variable "model" {
  description = "Model as provider:name; offline:rules needs no key."
  type        = string
  default     = "offline:rules"

  validation {
    condition     = can(regex("^[a-z0-9_-]+:.+$", var.model))
    error_message = "model must be provider:name."
  }
}

variable "allowed_cidrs" {
  description = "Addresses that may reach the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.allowed_cidrs) > 0
    error_message = "allowed_cidrs must not be empty."
  }
}
