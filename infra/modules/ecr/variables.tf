variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts what is stored."
  type        = string

  validation {
    condition     = startswith(var.kms_key_arn, "arn:")
    error_message = "kms_key_arn must be an ARN."
  }
}

variable "keep_images" {
  description = "Tagged images to keep for rollbacks."
  type        = number
  default     = 20

  validation {
    condition     = var.keep_images >= 5
    error_message = "keep_images must be at least 5."
  }
}

variable "force_destroy" {
  description = "Let a destroy remove images too: never in production."
  type        = bool
  default     = false
}
