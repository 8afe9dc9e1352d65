terraform {
  required_version = ">= 1.2"
}

data "packer_image_status" "server" {
  image_id       = "ami-0a7c3e9d1f5b28460"
  cloud_provider = "aws"

  lifecycle {
    postcondition {
      condition     = !self.revoked
      error_message = "${self.image_id} is revoked: replace the servers that run on it."
    }

    postcondition {
      condition     = self.tracked
      error_message = "${self.image_id} is not in the HCP Packer registry."
    }
  }
}
