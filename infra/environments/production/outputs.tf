output "stack" {
  description = "Addresses and names of what was made, see the stack module's outputs."
  value       = module.stack
}
