provider "packer" {
  credential_file = "hcp-credentials.json"
}
