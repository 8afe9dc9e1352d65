package registry

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
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
	Total   int
}

// located is a location that was looked up.
type located struct {
	Location
	choice *ProjectChoice // nil if there was nothing to choose
	told   atomic.Bool
}

// locate completes a location, with one lookup for all who ask for the same.
func (r *Resolver) locate(ctx context.Context, at Location) (Location, *ProjectChoice, error) {
	if at.OrganizationID != "" && at.ProjectID != "" {
		return at, nil, nil
	}
	found, err := r.locations.Do(ctx, at, func(ctx context.Context) (*located, error) { return r.lookUp(ctx, at) })
	if err != nil {
		return at, nil, err
	}
	if found.choice == nil || found.told.Swap(true) {
		return found.Location, nil, nil
	}
	return found.Location, found.choice, nil
}

func (r *Resolver) lookUp(ctx context.Context, at Location) (*located, error) {
	if at.ProjectID != "" {
		return r.lookUpOrganization(ctx, at.ProjectID)
	}
	organizationID := at.OrganizationID
	if organizationID == "" {
		organization, err := r.onlyOrganization(ctx)
		if err != nil {
			return nil, err
		}
		organizationID = organization.ID
	}
	return r.oldestProject(ctx, organizationID)
}

func (r *Resolver) lookUpOrganization(ctx context.Context, projectID string) (*located, error) {
	project, err := r.source.Project(ctx, projectID)
	if isKind(err, NotFound) {
		return nil, &ProjectNotFoundError{ProjectID: projectID}
	}
	if err != nil {
		return nil, locationError(err)
	}
	return &located{Location: Location{OrganizationID: project.OrganizationID, ProjectID: projectID}}, nil
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

// oldestProject chooses the project as Packer does.
func (r *Resolver) oldestProject(ctx context.Context, organizationID string) (*located, error) {
	projects, err := r.source.Projects(ctx, organizationID)
	switch {
	case err != nil:
		return nil, locationError(err)
	case len(projects) == 0:
		return nil, &NoProjectError{OrganizationID: organizationID}
	}
	oldest := slices.MinFunc(projects, func(a, b Project) int { return a.CreatedAt.Compare(b.CreatedAt) })
	found := &located{Location: Location{OrganizationID: organizationID, ProjectID: oldest.ID}}
	if len(projects) > 1 {
		found.choice = &ProjectChoice{Project: oldest, Total: len(projects)}
	}
	return found, nil
}

// locationError marks a failure as one of a lookup. The end of the context
// passes through as it is.
func locationError(err error) error {
	var failure *Failure
	if errors.As(err, &failure) {
		return &LocationError{Err: failure}
	}
	return err
}
