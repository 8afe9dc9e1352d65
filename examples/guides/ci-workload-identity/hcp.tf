terraform {
  required_providers {
    hcp = {
      source  = "hashicorp/hcp"
      version = ">= 0.76.0"
    }
  }
}

variable "project_id" {
  type = string
}

provider "hcp" {
  project_id = var.project_id
}

resource "hcp_service_principal" "terraform" {
  name   = "terraform-ci"
  parent = "project/${var.project_id}"
}

resource "hcp_project_iam_binding" "terraform" {
  project_id   = var.project_id
  principal_id = hcp_service_principal.terraform.resource_id
  role         = "roles/viewer"
}

resource "hcp_iam_workload_identity_provider" "github" {
  name              = "github"
  service_principal = hcp_service_principal.terraform.resource_name
  description       = "Pull requests and main of example-org/infrastructure"

  oidc = {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }

  conditional_access = "jwt_claims.repository == `example-org/infrastructure` and (jwt_claims.ref == `refs/heads/main` or jwt_claims.event_name == `pull_request`)"
}

output "resource_name" {
  value = hcp_iam_workload_identity_provider.github.resource_name
}
