package hcpfake

import (
	"cmp"
	"net/http"

	"github.com/go-openapi/strfmt"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	"google.golang.org/grpc/codes"
)

func (c *call) listOrganizations() (any, error) {
	if c.client.ProjectID != "" {
		return nil, deniedf("the service principal may not list organizations")
	}
	list, pagination, err := page(c, nonNil(c.state.Organizations))
	if err != nil {
		return nil, err
	}
	return &rm.HashicorpCloudResourcemanagerOrganizationListResponse{
		Organizations: mapSlice(list, organizationView),
		Pagination:    pagination,
	}, nil
}

func (c *call) getOrganization() (any, error) {
	id := c.params["organization"]
	org := c.state.organization(id)
	if c.client.ProjectID != "" && org.project(c.client.ProjectID) == nil {
		return nil, deniedf("the service principal may not read organization %q", id)
	}
	if org == nil {
		return nil, notFoundf("organization %q not found", id)
	}
	return &rm.HashicorpCloudResourcemanagerOrganizationGetResponse{Organization: organizationView(org)}, nil
}

func (c *call) listProjects() (any, error) {
	if c.client.ProjectID != "" {
		return nil, deniedf("the service principal may not list projects")
	}
	if c.query.Has("query") {
		return nil, statusErrorf(http.StatusNotImplemented, codes.Unimplemented, "the fake does not implement the query parameter")
	}
	scope := rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION
	if got := c.query.Get("scope.type"); got != string(scope) {
		return nil, invalidf("scope.type %q is not %s", got, scope)
	}
	id := c.query.Get("scope.id")
	org := c.state.organization(id)
	if org == nil {
		return nil, notFoundf("organization %q not found", id)
	}
	list, pagination, err := sortedPage(c, nonNil(org.Projects), sortFields[*Project]{
		"id":         func(a, b *Project) int { return cmp.Compare(a.ID, b.ID) },
		"name":       func(a, b *Project) int { return cmp.Compare(a.Name, b.Name) },
		"created_at": func(a, b *Project) int { return a.CreatedAt.Compare(b.CreatedAt) },
	})
	if err != nil {
		return nil, err
	}
	return &rm.HashicorpCloudResourcemanagerProjectListResponse{
		Projects:   mapSlice(list, func(p *Project) *rm.HashicorpCloudResourcemanagerProject { return projectView(org, p) }),
		Pagination: pagination,
	}, nil
}

func (c *call) getProject() (any, error) {
	return &rm.HashicorpCloudResourcemanagerProjectGetResponse{Project: projectView(c.org, c.project)}, nil
}

// mayRead returns an error if the client is a project-level service principal of
// another project.
func (c *call) mayRead(projectID string) error {
	if c.client.ProjectID != "" && c.client.ProjectID != projectID {
		return deniedf("the service principal may not read project %q", projectID)
	}
	return nil
}

func organizationView(o *Organization) *rm.HashicorpCloudResourcemanagerOrganization {
	return &rm.HashicorpCloudResourcemanagerOrganization{
		ID: o.ID, Name: o.Name, CreatedAt: strfmt.DateTime(o.CreatedAt),
		State: rm.HashicorpCloudResourcemanagerOrganizationOrganizationStateACTIVE.Pointer(),
	}
}

func projectView(o *Organization, p *Project) *rm.HashicorpCloudResourcemanagerProject {
	return &rm.HashicorpCloudResourcemanagerProject{
		ID: p.ID, Name: p.Name, CreatedAt: strfmt.DateTime(p.CreatedAt),
		Parent: &rm.HashicorpCloudResourcemanagerResourceID{
			ID: o.ID, Type: rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION.Pointer(),
		},
		State: rm.HashicorpCloudResourcemanagerProjectProjectStateACTIVE.Pointer(),
	}
}
