package hcpfake

import (
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
)

// callerIdentity returns the service principal that the request's token belongs
// to. The fake uses the client ID as its ID and name.
func (c *call) callerIdentity() (any, error) {
	principal := &iam.HashicorpCloudIamServicePrincipal{
		ID:        c.client.ID,
		Name:      c.client.ID,
		ProjectID: c.client.ProjectID,
	}
	for _, org := range nonNil(c.state.Organizations) {
		inside := org.project(c.client.ProjectID) != nil
		if inside || (c.client.ProjectID == "" && len(c.state.Organizations) == 1) {
			principal.OrganizationID = org.ID
		}
	}
	return &iam.HashicorpCloudIamGetCallerIdentityResponse{
		Principal: &iam.HashicorpCloudIamPrincipal{
			ID:       principal.ID,
			Type:     iam.HashicorpCloudIamPrincipalTypePRINCIPALTYPESERVICE.Pointer(),
			Service:  principal,
			GroupIds: []string{},
		},
	}, nil
}
