variable "hcp_identity" {
  type        = string
  description = "Resource name of the HCP workload identity provider."
}

variable "hcp_token_file" {
  type        = string
  description = "Path of the file that holds the token of the CI service."
}

# Reads the iterations.
provider "packer" {
  workload_identity = {
    resource_name = var.hcp_identity
    token_file    = var.hcp_token_file
  }
}

# Assigns them to channels.
provider "hcp" {
  workload_identity {
    resource_name = var.hcp_identity
    token_file    = var.hcp_token_file
  }
}
