data "hcp_packer_artifact" "ubuntu" {
  bucket_name         = "hardened-ubuntu-16-04"
  version_fingerprint = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
  platform            = "aws"
  region              = "us-east-1"
}

output "ami" {
  value = data.hcp_packer_artifact.ubuntu.external_identifier
}
