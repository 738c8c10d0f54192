"""The untrusted side: what runs inside the sandbox beside a student's code. Nothing here holds a secret."""
