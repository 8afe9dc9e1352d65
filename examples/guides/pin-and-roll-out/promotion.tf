terraform {
  required_providers {
    hcp = {
      source = "hashicorp/hcp"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

variable "stages" {
  description = "Fingerprint of the iteration that each channel points to."
  type        = map(string)
  default = {
    dev     = "01JBM4T9WQ2ZK8X3N5R7D1FHVC" # v7
    staging = "01JBM4T9WQ2ZK8X3N5R7D1FHVC" # v7
    prod    = "01JB1Y7RFM4C6H9QTS2E0XKAZN" # v6
  }
}

# Refuses what is revoked or not complete, before a channel points to it.
data "packer_image_iteration" "stage" {
  for_each    = toset(values(var.stages))
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = each.key
}

resource "hcp_packer_channel_assignment" "stage" {
  for_each            = var.stages
  bucket_name         = "hardened-ubuntu-16-04"
  channel_name        = each.key
  version_fingerprint = data.packer_image_iteration.stage[each.value].fingerprint
}
