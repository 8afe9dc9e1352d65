package hcpfake_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/organization_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const resourceManager = "/resource-manager/2019-12-10"

func listProjects(c sdkClients, next *string) (*project_service.ProjectServiceListOK, error) {
	organization, scope := orgID, string(rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION)
	return c.projects.ProjectServiceList(project_service.NewProjectServiceListParams().
		WithScopeID(&organization).WithScopeType(&scope).WithPaginationNextPageToken(next), nil)
}

func TestOrganizations(t *testing.T) {
	_, clients := setup(t)
	list, err := clients.organizations.OrganizationServiceList(organization_service.NewOrganizationServiceListParams(), nil)
	check(t, err)
	equal(t, "the number of organizations", len(list.Payload.Organizations), 1)
	equal(t, "its ID", list.Payload.Organizations[0].ID, orgID)
	equal(t, "its time", list.Payload.Organizations[0].CreatedAt.String(), "2024-11-04T12:00:00.000Z")

	one, err := clients.organizations.OrganizationServiceGet(organization_service.NewOrganizationServiceGetParams().WithID(orgID), nil)
	check(t, err)
	equal(t, "the name", one.Payload.Organization.Name, "example")

	_, err = clients.organizations.OrganizationServiceGet(organization_service.NewOrganizationServiceGetParams().WithID(projectID), nil)
	var missing *organization_service.OrganizationServiceGetDefault
	if !errors.As(err, &missing) || missing.Code() != 404 || missing.Payload.Code != 5 {
		t.Errorf("got %v, want 404 with code 5", err)
	}
}

func TestProjects(t *testing.T) {
	_, clients := setup(t)
	list, err := listProjects(clients, nil)
	check(t, err)
	equal(t, "the number of projects", len(list.Payload.Projects), 2)

	one, err := clients.projects.ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(projectID), nil)
	check(t, err)
	equal(t, "the state", *one.Payload.Project.State, rm.HashicorpCloudResourcemanagerProjectProjectStateACTIVE)
}

func TestResourceManagerErrors(t *testing.T) {
	fake := newFake(t, hcpfake.WithErrorf(func(string, ...any) {}))
	for path, want := range map[string]struct {
		status int
		code   int32
	}{
		"/projects/" + orgID:                                  {404, 5},
		"/projects":                                           {400, 3},
		"/projects?scope.type=ORGANIZATION":                   {404, 5},
		"/projects?scope.type=ORGANIZATION&scope.id=x":        {404, 5},
		"/projects?scope.type=PROJECT&scope.id=" + orgID:      {400, 3},
		"/projects?scope.type=ORGANIZATION&query=x":           {501, 12},
		"/organizations/%2E%2E":                               {404, 5},
		"/organizations?pagination.page_size=-1":              {400, 3},
		"/organizations?pagination.page_size=many":            {400, 3},
		"/organizations?pagination.next_page_token=x":         {400, 3},
		"/organizations?pagination.next_page_token=%zz":       {400, 3},
		"/organizations?pagination.previous_page_token=cGFnZ": {400, 3},
		"/organizations?pagination.next_page_token=cGFnZTox&pagination.previous_page_token=cGFnZTox": {400, 3},
	} {
		t.Run(path, func(t *testing.T) { wantStatus(t, get(t, fake, resourceManager+path), want.status, want.code) })
	}
}

func TestProjectLevelPrincipal(t *testing.T) {
	fake := newFake(t)
	clients := connect(t, listen(t, fake), projectOnly, secret)

	_, err := clients.organizations.OrganizationServiceList(organization_service.NewOrganizationServiceListParams(), nil)
	var noOrganizations *organization_service.OrganizationServiceListDefault
	if !errors.As(err, &noOrganizations) || noOrganizations.Code() != http.StatusForbidden || noOrganizations.Payload.Code != 7 {
		t.Errorf("listing organizations: got %v, want 403 with code 7", err)
	}
	_, err = listProjects(clients, nil)
	var noProjects *project_service.ProjectServiceListDefault
	if !errors.As(err, &noProjects) || noProjects.Code() != http.StatusForbidden || noProjects.Payload.Code != 7 {
		t.Errorf("listing projects: got %v, want 403 with code 7", err)
	}
	_, err = clients.projects.ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(projectID), nil)
	check(t, err)
	_, err = clients.organizations.OrganizationServiceGet(organization_service.NewOrganizationServiceGetParams().WithID(orgID), nil)
	check(t, err)
	_, err = clients.channel("ubuntu", "production")
	check(t, err)

	_, err = clients.projects.ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(otherProject), nil)
	var denied *project_service.ProjectServiceGetDefault
	if !errors.As(err, &denied) || denied.Code() != http.StatusForbidden {
		t.Errorf("reading the other project: got %v, want 403", err)
	}
	fake.Update(func(s *hcpfake.Seed) { s.Clients[1].ProjectID = otherProject })
	_, err = clients.channel("ubuntu", "production")
	wantDefault(t, err, 403, 7)
}

func TestPaging(t *testing.T) {
	fake, clients := setup(t, hcpfake.WithPageSize(2))
	fake.Update(func(s *hcpfake.Seed) {
		org := s.Organizations[0]
		org.Projects = nil
		for i := range 5 {
			org.Projects = append(org.Projects, &hcpfake.Project{ID: fmt.Sprintf("p%d", i)}, nil)
		}
	})
	var pages []string
	var next *string
	for {
		list, err := listProjects(clients, next)
		check(t, err)
		var ids []string
		for _, p := range list.Payload.Projects {
			ids = append(ids, p.ID)
		}
		pages = append(pages, strings.Join(ids, ","))
		token := list.Payload.Pagination.NextPageToken
		if token == "" {
			equal(t, "the last page", pages[len(pages)-1], "p4")
			break
		}
		next = &token
	}
	equal(t, "the pages", strings.Join(pages, " "), "p0,p1 p2,p3 p4")

	list := func(query string) rm.HashicorpCloudResourcemanagerProjectListResponse {
		t.Helper()
		return decode[rm.HashicorpCloudResourcemanagerProjectListResponse](t,
			get(t, fake, resourceManager+"/projects?scope.type=ORGANIZATION&scope.id="+orgID+"&"+query))
	}
	equal(t, "page_size 4", len(list("pagination.page_size=4").Projects), 4)
	equal(t, "page_size 0", len(list("pagination.page_size=0").Projects), 2)
	last := list("pagination.next_page_token=" + *next)
	back := list("pagination.previous_page_token=" + url.QueryEscape(last.Pagination.PreviousPageToken))
	equal(t, "the page before the last", back.Projects[0].ID, "p2")
	huge := list("pagination.page_size=" + strconv.Itoa(math.MaxInt) + "&pagination.next_page_token=" + *next)
	equal(t, "the rest, as a page of any size", len(huge.Projects), 1)
	sorted := list("sorting.order_by=" + url.QueryEscape("created_at,id desc"))
	equal(t, "the first in descending order", sorted.Projects[0].ID, "p4")

	fake.Update(func(s *hcpfake.Seed) {
		for i := range 1200 {
			s.Organizations[0].Projects = append(s.Organizations[0].Projects, &hcpfake.Project{ID: fmt.Sprintf("q%d", i)})
		}
	})
	equal(t, "the largest page", len(list("pagination.page_size="+strconv.Itoa(math.MaxInt)).Projects), 1000)

	// A page beyond the end of a list that has become shorter is empty.
	fake.Update(func(s *hcpfake.Seed) { s.Organizations[0].Projects = nil })
	if got := list("pagination.next_page_token=" + *next); got.Projects == nil || len(got.Projects) != 0 {
		t.Errorf("got %v, want an empty list", got.Projects)
	}
}
