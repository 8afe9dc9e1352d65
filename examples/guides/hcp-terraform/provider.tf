provider "packer" {
  project_id = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
}
