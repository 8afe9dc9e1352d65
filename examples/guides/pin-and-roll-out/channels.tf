resource "hcp_packer_channel" "stage" {
  for_each    = toset(["dev", "staging", "prod"])
  name        = each.key
  bucket_name = "hardened-ubuntu-16-04"
}
