"""GraphQL as a vendor serves it: judged against a schema, selected and answered; it knows none."""
