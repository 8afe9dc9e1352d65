terraform {
  required_version = ">= 1.5"
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"

  lifecycle {
    postcondition {
      condition     = self.revoke_at == null ? true : timecmp(self.revoke_at, timeadd(plantimestamp(), "336h")) > 0
      error_message = "Iteration ${self.version} will be revoked within two weeks: ${coalesce(self.revocation_message, "no reason given")}."
    }
  }
}
