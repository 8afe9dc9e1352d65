package hcpfake

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	"google.golang.org/grpc/codes"
)

// callerIdentity returns the service principal that the request's token belongs
// to. The fake uses the client ID as its ID and name.
func (c *call) callerIdentity() (any, error) {
	principal := &ServicePrincipal{ID: c.client.ID, Name: c.client.ID, ProjectID: c.client.ProjectID}
	for _, org := range nonNil(c.state.Organizations) {
		inside := org.project(c.client.ProjectID) != nil
		if inside || (c.client.ProjectID == "" && len(c.state.Organizations) == 1) {
			principal.OrganizationID = org.ID
		}
	}
	return &iam.HashicorpCloudIamGetCallerIdentityResponse{Principal: principalView(principal)}, nil
}

// createServicePrincipal creates a principal that policies can name. It has no key,
// so it cannot sign in.
func (c *call) createServicePrincipal() (any, error) {
	var body struct{ Name string }
	switch err := json.Unmarshal(c.body, &body); {
	case err != nil:
		return nil, invalidf("parsing the body: %v", err)
	case !namePattern.MatchString(body.Name):
		return nil, invalidf("invalid name %q", body.Name)
	case c.project.servicePrincipal(body.Name) != nil:
		return nil, existsf("service principal %s already exists", body.Name)
	}
	principal := &ServicePrincipal{
		ID: c.newID(), Name: body.Name, OrganizationID: c.org.ID, ProjectID: c.project.ID, CreatedAt: c.timestamp(),
		ResourceName: "iam/project/" + c.project.ID + "/service-principal/" + body.Name,
	}
	c.project.ServicePrincipals = append(c.project.ServicePrincipals, principal)
	return &iam.HashicorpCloudIamCreateServicePrincipalResponse{ServicePrincipal: principal}, nil
}

func (p *Project) servicePrincipal(name string) *ServicePrincipal {
	return find(p.ServicePrincipals, func(sp *ServicePrincipal) bool { return sp.Name == name })
}

func (c *call) getServicePrincipal() (any, error) {
	principal := c.project.servicePrincipal(c.params["principal"])
	if principal == nil {
		return nil, notFoundf("service principal %q not found", c.params["principal"])
	}
	return &iam.HashicorpCloudIamGetServicePrincipalResponse{ServicePrincipal: principal}, nil
}

func (c *call) deleteServicePrincipal() (any, error) {
	if _, err := c.getServicePrincipal(); err != nil {
		return nil, err
	}
	c.project.ServicePrincipals = slices.DeleteFunc(nonNil(c.project.ServicePrincipals), func(sp *ServicePrincipal) bool {
		return sp.Name == c.params["principal"]
	})
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
	p, err := c.policies(c.query.Get("resource_name"))
	if err != nil {
		return nil, err
	}
	policy := cmp.Or(p[c.query.Get("resource_name")], &Policy{})
	return &rm.HashicorpCloudResourcemanagerResourceGetIamPolicyResponse{Policy: policy}, nil
}

// setPolicy replaces a policy, if the etag is that of the present one.
func (c *call) setPolicy(body *rm.HashicorpCloudResourcemanagerResourceSetIamPolicyRequest) (any, error) {
	p, err := c.policies(body.ResourceName)
	switch {
	case err != nil:
		return nil, err
	case body.Policy == nil:
		return nil, invalidf("the policy is required")
	case body.Policy.Etag != cmp.Or(p[body.ResourceName], &Policy{}).Etag:
		return nil, statusErrorf(http.StatusConflict, codes.Aborted, "the policy of %s has been changed", body.ResourceName)
	}
	body.Policy.Etag, body.Policy.Bindings = c.newID(), nonNil(body.Policy.Bindings)
	if c.project.Policies == nil {
		c.project.Policies = make(map[string]*Policy)
	}
	c.project.Policies[body.ResourceName] = body.Policy
	return &rm.HashicorpCloudResourcemanagerResourceSetIamPolicyResponse{Policy: body.Policy}, nil
}

// policies finds the project of a resource named packer/project/P/bucket/B, and
// returns its policies.
func (c *call) policies(name string) (map[string]*Policy, error) {
	var ok bool
	rt := route{path: strings.Split("packer/project/{project}/bucket/{bucket}", "/")}
	if c.params, ok = rt.match(strings.Split(name, "/")); !ok {
		return nil, notFoundf("resource %q not found", name)
	}
	if err := c.toContents(); err != nil {
		return nil, err
	}
	return c.project.Policies, nil
}

func principalView(sp *ServicePrincipal) *iam.HashicorpCloudIamPrincipal {
	return &iam.HashicorpCloudIamPrincipal{
		ID: sp.ID, Type: iam.HashicorpCloudIamPrincipalTypePRINCIPALTYPESERVICE.Pointer(), Service: sp,
	}
}
