package hcpfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/go-openapi/strfmt"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	"google.golang.org/grpc/codes"
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
		Principal: principalView(principal),
	}, nil
}

// principalName is the resource name of a service principal.
func principalName(projectID, name string) string {
	return "iam/project/" + projectID + "/service-principal/" + name
}

// createServicePrincipal creates a principal that policies can name. It has no key,
// so it cannot sign in.
func (c *call) createServicePrincipal() (any, error) {
	s, err := c.findProject()
	if err != nil {
		return nil, err
	}
	var body struct{ Name string }
	switch err := json.Unmarshal(c.body, &body); {
	case err != nil:
		return nil, invalidf("parsing the body: %v", err)
	case !namePattern.MatchString(body.Name):
		return nil, invalidf("invalid name %q", body.Name)
	case s.project.servicePrincipal(body.Name) != nil:
		return nil, existsf("service principal %s already exists", body.Name)
	}
	principal := &ServicePrincipal{
		ID: c.newID(), Name: body.Name, OrganizationID: s.org.ID, ProjectID: s.project.ID,
		ResourceName: principalName(s.project.ID, body.Name), CreatedAt: strfmt.DateTime(c.now),
	}
	s.project.ServicePrincipals = append(s.project.ServicePrincipals, principal)
	return &iam.HashicorpCloudIamCreateServicePrincipalResponse{ServicePrincipal: principal}, nil
}

func (p *Project) servicePrincipal(name string) *ServicePrincipal {
	return find(p.ServicePrincipals, func(sp *ServicePrincipal) bool { return sp.Name == name })
}

func (c *call) principal() (scope, *ServicePrincipal, error) {
	s, err := c.findProject()
	if err != nil {
		return s, nil, err
	}
	principal := s.project.servicePrincipal(c.params["principal"])
	if principal == nil {
		return s, nil, notFoundf("service principal %s not found", principalName(s.project.ID, c.params["principal"]))
	}
	return s, principal, nil
}

func (c *call) getServicePrincipal() (any, error) {
	_, principal, err := c.principal()
	if err != nil {
		return nil, err
	}
	return &iam.HashicorpCloudIamGetServicePrincipalResponse{ServicePrincipal: principal}, nil
}

func (c *call) deleteServicePrincipal() (any, error) {
	s, principal, err := c.principal()
	if err != nil {
		return nil, err
	}
	s.project.ServicePrincipals = slices.DeleteFunc(s.project.ServicePrincipals, func(sp *ServicePrincipal) bool { return sp == principal })
	return struct{}{}, nil
}

// getPrincipals returns those of the requested principals that exist.
func (c *call) getPrincipals() (any, error) {
	org := c.state.organization(c.params["organization"])
	if org == nil {
		return nil, notFoundf("organization %q not found", c.params["organization"])
	}
	found := []*iam.HashicorpCloudIamPrincipal{}
	for _, p := range nonNil(org.Projects) {
		for _, sp := range nonNil(p.ServicePrincipals) {
			if slices.Contains(c.query["principal_ids"], sp.ID) {
				found = append(found, principalView(sp))
			}
		}
	}
	return &iam.HashicorpCloudIamBatchGetPrincipalsResponse{Principals: found}, nil
}

// getPolicy returns the policy of a bucket, which is empty until one is set.
func (c *call) getPolicy() (any, error) {
	name := c.query.Get("resource_name")
	p, err := c.policyProject(name)
	if err != nil {
		return nil, err
	}
	policy := p.Policies[name]
	if policy == nil {
		policy = &Policy{}
	}
	return &rm.HashicorpCloudResourcemanagerResourceGetIamPolicyResponse{Policy: policy}, nil
}

// setPolicy replaces a policy, if the etag is that of the present one.
func (c *call) setPolicy() (any, error) {
	body, err := decodeBody[rm.HashicorpCloudResourcemanagerResourceSetIamPolicyRequest](c)
	if err != nil {
		return nil, err
	}
	p, err := c.policyProject(body.ResourceName)
	if err != nil {
		return nil, err
	}
	var etag string
	if old := p.Policies[body.ResourceName]; old != nil {
		etag = old.Etag
	}
	switch {
	case body.Policy == nil:
		return nil, invalidf("the policy is required")
	case body.Policy.Etag != etag:
		return nil, statusErrorf(http.StatusConflict, codes.Aborted, "the policy of %s has been changed", body.ResourceName)
	}
	body.Policy.Etag = c.newID()
	if p.Policies == nil {
		p.Policies = make(map[string]*Policy)
	}
	p.Policies[body.ResourceName] = body.Policy
	return &rm.HashicorpCloudResourcemanagerResourceSetIamPolicyResponse{Policy: body.Policy}, nil
}

// policyProject returns the project of a resource named packer/project/P/bucket/B.
func (c *call) policyProject(name string) (*Project, error) {
	parts := strings.Split(name, "/")
	if len(parts) == 5 && parts[0]+parts[1]+parts[3] == "packerprojectbucket" {
		if err := c.mayRead(parts[2]); err != nil {
			return nil, err
		}
		if p := c.state.Project(parts[2]); p.Bucket(parts[4]) != nil {
			return p, nil
		}
	}
	return nil, notFoundf("resource %q not found", name)
}

func principalView(sp *ServicePrincipal) *iam.HashicorpCloudIamPrincipal {
	return &iam.HashicorpCloudIamPrincipal{
		ID:       sp.ID,
		Type:     iam.HashicorpCloudIamPrincipalTypePRINCIPALTYPESERVICE.Pointer(),
		Service:  sp,
		GroupIds: []string{},
	}
}
