from leaddrum.cli import main

main()
