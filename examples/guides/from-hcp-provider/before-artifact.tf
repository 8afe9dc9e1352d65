data "hcp_packer_version" "ubuntu" {
  bucket_name  = "hardened-ubuntu-16-04"
  channel_name = "production-stable"
}

data "hcp_packer_artifact" "virginia" {
  bucket_name         = "hardened-ubuntu-16-04"
  version_fingerprint = data.hcp_packer_version.ubuntu.fingerprint
  platform            = "aws"
  region              = "us-east-1"
}

data "hcp_packer_artifact" "frankfurt" {
  bucket_name         = "hardened-ubuntu-16-04"
  version_fingerprint = data.hcp_packer_version.ubuntu.fingerprint
  platform            = "aws"
  region              = "eu-central-1"
}

output "ami" {
  value = {
    us-east-1    = data.hcp_packer_artifact.virginia.external_identifier
    eu-central-1 = data.hcp_packer_artifact.frankfurt.external_identifier
  }
}
