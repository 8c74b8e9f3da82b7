"""First steps: from an empty installation to a lead that was taken, in five pages that can be left and resumed."""
