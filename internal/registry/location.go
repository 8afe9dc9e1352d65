package registry

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Organization is what projects belong to.
type Organization struct {
	ID   string // UUID
	Name string
}

// Project is what a registry belongs to.
type Project struct {
	ID             string // UUID
	Name           string
	OrganizationID string // UUID
	CreatedAt      time.Time
}

// ProjectChoice is a project that was chosen among several.
type ProjectChoice struct {
	Project Project
	Total   int // how many there were to choose from
}

// located is a complete location.
type located struct {
	Location
	choice *ProjectChoice // nil if there was nothing to choose
}

// locate completes a location, looking up what is missing once for all callers.
// If that fails it returns the location as it is.
func (r *Resolver) locate(ctx context.Context, at Location) (located, error) {
	if at.OrganizationID != "" && at.ProjectID != "" {
		return located{Location: at}, nil
	}
	found, err := r.locations.Do(ctx, at, func(ctx context.Context) (located, error) { return r.lookUp(ctx, at) })
	if err != nil {
		return located{Location: at}, err
	}
	return found, nil
}

func (r *Resolver) lookUp(ctx context.Context, at Location) (located, error) {
	if at.ProjectID != "" {
		return r.lookUpOrganization(ctx, at.ProjectID)
	}
	organizationID := at.OrganizationID
	if organizationID == "" {
		organization, err := r.onlyOrganization(ctx)
		if err != nil {
			return located{}, err
		}
		organizationID = organization.ID
	}
	return r.oldestProject(ctx, organizationID)
}

func (r *Resolver) lookUpOrganization(ctx context.Context, projectID string) (located, error) {
	project, err := r.source.Project(ctx, projectID)
	if IsKind(err, NotFound) {
		return located{}, &ProjectNotFoundError{}
	}
	if err != nil {
		return located{}, locationError(err)
	}
	return located{Location: Location{OrganizationID: project.OrganizationID, ProjectID: projectID}}, nil
}

func (r *Resolver) onlyOrganization(ctx context.Context) (Organization, error) {
	organizations, err := r.source.Organizations(ctx)
	switch {
	case err != nil:
		return Organization{}, locationError(err)
	case len(organizations) == 0:
		return Organization{}, &NoOrganizationError{}
	case len(organizations) > 1:
		return Organization{}, &SeveralOrganizationsError{Organizations: organizations}
	default:
		return organizations[0], nil
	}
}

// oldestProject chooses the oldest project, as Packer does. Packer looks at the first page
// of projects only, which matters if an organization has more than fit on a page.
func (r *Resolver) oldestProject(ctx context.Context, organizationID string) (located, error) {
	projects, err := r.source.Projects(ctx, organizationID)
	switch {
	case err != nil:
		return located{}, locationError(err)
	case len(projects) == 0:
		return located{}, &NoProjectError{OrganizationID: organizationID}
	}
	oldest := slices.MinFunc(projects, func(a, b Project) int { return a.CreatedAt.Compare(b.CreatedAt) })
	found := located{Location: Location{OrganizationID: organizationID, ProjectID: oldest.ID}}
	if len(projects) > 1 {
		found.choice = &ProjectChoice{Project: oldest, Total: len(projects)}
	}
	return found, nil
}

// locationError marks a failed request as part of a lookup. Cancellation passes
// unchanged.
func locationError(err error) error {
	var failure *Failure
	if errors.As(err, &failure) {
		return &LocationError{Err: err}
	}
	return err
}
