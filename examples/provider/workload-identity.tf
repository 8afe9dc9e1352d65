provider "packer" {
  workload_identity = {
    resource_name = "iam/project/7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3/service-principal/terraform-ci/workload-identity-provider/github"
    token_file    = "hcp-token.jwt"
  }
}
