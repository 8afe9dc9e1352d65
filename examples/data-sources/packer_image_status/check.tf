terraform {
  required_version = ">= 1.5"
}

# Stands in for a machine that keeps its image.
resource "terraform_data" "server" {
  input = "ami-0a7c3e9d1f5b28460"

  lifecycle {
    ignore_changes = [input]
  }
}

# What fails within a check is a warning, even if HCP cannot be reached.
check "server_runs_on_a_trusted_image" {
  data "packer_image_status" "server" {
    image_id       = terraform_data.server.input
    cloud_provider = "aws"
  }

  assert {
    condition     = data.packer_image_status.server.tracked
    error_message = "The server runs on ${terraform_data.server.input}, which is not in the HCP Packer registry."
  }

  assert {
    condition     = !data.packer_image_status.server.revoked
    error_message = "The server runs on ${terraform_data.server.input}, which is revoked."
  }
}
