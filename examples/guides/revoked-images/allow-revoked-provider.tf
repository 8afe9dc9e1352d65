provider "packer" {
  alias         = "break_glass"
  allow_revoked = true
}

data "packer_image_iteration" "web_server" {
  provider = packer.break_glass
  bucket   = "web-server"
  channel  = "production-stable"
}
