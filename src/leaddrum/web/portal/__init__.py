"""Our application in a Bitrix24 portal: installing, events, the robot, and the pages in the portal's frame."""
