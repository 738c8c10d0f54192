"""What a student imports: digits, networks, measures, figures and checks. It holds no attack and no defence."""
